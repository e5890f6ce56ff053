export { type Counter, createCounter } from './counter.js';
export { createFanOut, type FanOut } from './fan-out.js';
