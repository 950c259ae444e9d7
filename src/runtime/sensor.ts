/**
 * The sensor process's own door: what main.ts needs to become one. Apart from index.ts so that a forked sensor loads
 * neither the broker client nor the database.
 */
export { runSensorProcess } from './sensor-process.js';

/** Hidden first argument that turns the program into the sensor process. */
export const SENSOR_ARGUMENT = '__sensor';

/** Largest half of the space for young objects, MiB (V8's default is 16), for sensor processes. */
export const SENSOR_NURSERY = '--max-semi-space-size=4';
