/* What page.py puts before a script. */

/** The kernels that nnlib/wasm.py compiles, as base64. */
declare const KERNELS: string;
