import { registerHooks } from 'node:module';

/*
 * Generators of clients print their code with the compiler's API, which TypeScript 7 does not have: with `--import` of
 * this file they are given TypeScript 5, whatever version the project itself is compiled with.
 */
registerHooks({
  resolve: (specifier, context, next) =>
    next(specifier === 'typescript' ? import.meta.resolve('typescript-5') : specifier, context),
});
