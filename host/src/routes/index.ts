export { createDeliveries, type Deliveries } from './deliveries.ts';
export { type Delivery, toPluginRequest } from './delivery.ts';
export { readAnswer } from './route-answer.ts';
export { isVerified, verificationOf, type Verification } from './verification.ts';
export { createRouteTable, type RouteTable } from './route-table.ts';
export { routeRoutes } from './routes.ts';
