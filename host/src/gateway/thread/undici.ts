// The parts of undici that the gateway is made of. The whole of it, with its fetch, caches and mocks, takes three times as long to load,
// and every host starts with it.
import api from 'undici/lib/api/index.js';
import buildConnector from 'undici/lib/core/connect.js';
import errors from 'undici/lib/core/errors.js';
import Agent from 'undici/lib/dispatcher/agent.js';
import Dispatcher from 'undici/lib/dispatcher/dispatcher.js';
import Pool from 'undici/lib/dispatcher/pool.js';
import decompress from 'undici/lib/interceptor/decompress.js';

// As undici does when all of it is loaded.
Object.assign(Dispatcher.prototype, api);

export { Agent, buildConnector, decompress, errors, Pool };
