export { createCatalog, type Catalog, type CatalogOptions, type PluginStatus } from './catalog.ts';
export { pluginRoutes, type PluginDetails, type PluginSummary } from './routes.ts';
