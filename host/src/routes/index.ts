export { createDeliveries, type Deliveries } from './deliveries.ts';
export { createRouteTable, type RouteTable } from './route-table.ts';
export { routeRoutes } from './routes.ts';
