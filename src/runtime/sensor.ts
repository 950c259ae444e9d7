/**
 * The sensor process's own door: what main.ts needs to become one. Apart from index.ts so that a forked sensor loads
 * neither the broker client nor the database.
 */
export { runSensorProcess } from './sensor-process.js';

/** Hidden first argument that turns the program into the sensor process. */
export const SENSOR_ARGUMENT = '__sensor';

/**
 * Flags of V8 for sensor processes. Largest half of the space for young objects, MiB (default 16): what lives long lives in typed
 * arrays, and a small nursery costs no time and saves some 30 MiB. One helper thread (default 4): when they collect or compile, four
 * would take four fifths of a core from the packets where there is one, and one is enough for a heap of this size.
 */
export const SENSOR_FLAGS = ['--max-semi-space-size=4', '--v8-pool-size=1'] as const;
