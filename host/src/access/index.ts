export { createTokens, type Principal, type Tokens } from './tokens.ts';
