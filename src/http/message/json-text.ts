/** A value whose JSON text is at hand: sent as it is, and parsed only where a part of it is asked for. */
export class JsonText {
  readonly text: string;
  #value: unknown;

  constructor(text: string) {
    this.text = text;
  }

  get value(): unknown {
    this.#value ??= JSON.parse(this.text);
    return this.#value;
  }

  /** The text of an object with further members, which it has not got yet. */
  with(members: object): JsonText {
    const further = JSON.stringify(members);
    return further === '{}' ? this : new JsonText(`${this.text.slice(0, -1)},${further.slice(1)}`);
  }

  toJSON(): unknown {
    return this.value;
  }
}

export function jsonOf(value: unknown): string {
  return value instanceof JsonText ? value.text : JSON.stringify(value);
}

/** A value by itself, whether or not its text is at hand. */
export function plainValue(value: unknown): unknown {
  return value instanceof JsonText ? value.value : value;
}
