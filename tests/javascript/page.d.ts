/* What page.py puts before a script. */

/** The kernels that nnlib/wasm.py compiles, as base64. */
declare const KERNELS: string;

/** A kind of question in a script of its own finds the form that all kinds share on the page. */
declare const nnQuiz: typeof import('../../nnlib/lab/questions/quiz.js').nnQuiz;
