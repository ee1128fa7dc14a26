/** Programs of this package that run as processes or threads of their own. */

/** Path of a built program, also when this file runs from the sources, as in tests: Node can only run what is built. */
export function programUrl(name: string): URL {
  return new URL(`../dist/${name}.js`, import.meta.url);
}
