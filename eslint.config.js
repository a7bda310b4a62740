/* ESLint finds what is right by the language and likely wrong; names and types are for tsc (tsconfig.json). */

import js from '@eslint/js';

export default [
  { ignores: ['_build/', '.venv/', 'node_modules/'] },
  js.configs.recommended,
  {
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      'no-undef': 'off', // tsc knows what a page and node have
      eqeqeq: 'error',
      'max-statements-per-line': ['error', { max: 1 }],
      'no-sequences': 'error',
      'no-shadow': 'error',
      'no-var': 'error',
      'one-var': ['error', 'never'],
      'prefer-const': 'error',
    },
  },
];
