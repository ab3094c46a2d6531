export { createCatalog, type Catalog, type CatalogOptions, type Package, type Seed } from './catalog.ts';
export { integrityOf } from './integrity.ts';
export { RefusalError, toRefusal } from './refusal-error.ts';
