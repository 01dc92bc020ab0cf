/** Parts of something; the others are left out. */
export type Given<Whole> = { readonly [Part in keyof Whole]?: Whole[Part] | undefined };
