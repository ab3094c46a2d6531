export { CassetteError, cassetteFindings, formatCassette, parseCassette } from './cassette.ts';
export { createPlayer, UnknownRequestError, type PlayedAnswer, type Player } from './player.ts';
export { toExchange, type WireExchange, type WireRequest } from './record.ts';
export { secretForms, SHORTEST_SECRET } from './secret-forms.ts';
export { secretShapeOf } from './suspicion.ts';
