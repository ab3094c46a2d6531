export { createClients } from './clients.ts';
export type { Clients, ClientView, ParametersView } from './clients.ts';
export { createContracts } from './contracts.ts';
export type { Contracts, ContractView } from './contracts.ts';
export { createImport } from './import.ts';
export type { ImportContracts, ImportReport } from './import.ts';
export type { ClientParameters, ParameterValue } from './input.ts';
export { clientRoutes } from './routes.ts';
export { contractRoutes } from './contract-routes.ts';
