/** What is used of citeproc, which has no types of its own. */
declare module 'citeproc' {
  interface System {
    /** A locale as XML. */
    readonly retrieveLocale: (language: string) => string;
    /** An item in CSL-JSON. */
    readonly retrieveItem: (id: string) => object;
  }
  class Engine {
    /** @param style as XML */
    constructor(system: System, style: string);
    setOutputFormat(format: 'text'): void;
    updateItems(ids: readonly string[]): void;
    /** What the entries have in common, and the entries. */
    makeBibliography(): readonly [object, readonly string[]];
  }
  const CSL: { readonly Engine: typeof Engine };
  export = CSL;
}
