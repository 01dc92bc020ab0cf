/**
 * Codes of values, one for each slot. Two bytes each even where one would do: loops over arrays of one kind run twice as
 * fast as over arrays of several.
 */
export type Codes = Uint16Array | Uint32Array;

/** The code of a slot that holds no record. */
export const NO_RECORD = 0;

/**
 * One property of many records: each of its values is kept once, and each record has the value's number in a typed array,
 * of two bytes, or of four where there are more than 65,535 values. Counts how many records have each value.
 */
export class CodedColumn {
  /** The code of each slot. */
  codes: Codes = new Uint16Array(0);
  /** The value of each code but that of no record. */
  readonly values: (string | null)[] = [null];
  /** How many records have each code. */
  readonly totals: number[] = [0];
  private readonly codeOf = new Map<string | null, number>();

  /** Puts a record's value into a slot that is free. */
  put(slot: number, value: string | null): void {
    const code = this.codeOf.get(value) ?? this.addValue(value);
    this.codes[slot] = code;
    this.totals[code] = (this.totals[code] as number) + 1;
  }

  /** Frees a slot. */
  remove(slot: number): void {
    const code = this.codes[slot] as number;
    this.totals[code] = (this.totals[code] as number) - 1;
    this.codes[slot] = NO_RECORD;
  }

  /** Makes room for so many slots. */
  reserve(slots: number): void {
    this.codes = copied(this.codes, arrayFor(this.values.length), slots);
  }

  private addValue(value: string | null): number {
    const code = this.values.push(value) - 1;
    this.totals.push(0);
    this.codeOf.set(value, code);
    const Wide = arrayFor(this.values.length);
    if (!(this.codes instanceof Wide)) this.codes = copied(this.codes, Wide, this.codes.length);
    return code;
  }
}

/** The narrowest array that has a code for each of so many values. */
function arrayFor(values: number): new (length: number) => Codes {
  return values <= 0x1_0000 ? Uint16Array : Uint32Array;
}

/** The numbers of an array in a longer or wider one. */
export function copied<Numbers extends Codes>(
  numbers: Codes,
  Kind: new (length: number) => Numbers,
  length: number,
): Numbers {
  const copy = new Kind(length);
  copy.set(numbers);
  return copy;
}
