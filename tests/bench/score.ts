// The score bench runs on its own and as part of the whole bench.
export { benchScore } from './score.bench.js';
