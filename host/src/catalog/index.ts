export { createCatalog, type Catalog, type CatalogOptions, type PluginStatus } from './catalog.ts';
export { pluginRoutes } from './routes.ts';
