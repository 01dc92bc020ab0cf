/*
 * What several operations have in common stands once in the document, under `components`, and is referred to.
 */

export type JsonObject = Record<string, unknown>;

interface DescribedOperation {
  readonly operationId: string;
  readonly parameters?: JsonObject[];
  readonly requestBody?: { readonly content: Readonly<Record<string, JsonObject>> };
  readonly responses: Record<string, { headers?: Record<string, JsonObject> }>;
}

export interface Document extends JsonObject {
  readonly components: JsonObject & { readonly schemas: Readonly<Record<string, unknown>> };
  readonly paths: Readonly<Record<string, Readonly<Record<string, DescribedOperation>>>>;
}

/** A place of the document at which a part stands that may stand at others too. */
interface Place {
  readonly kind: 'parameters' | 'responses' | 'headers';
  /** What the part is called, if no other part of its kind has the name. */
  readonly name: string;
  readonly operationId: string;
  readonly holder: Record<PropertyKey, unknown>;
  readonly key: PropertyKey;
}

/** Puts parameters, problems and headers that stand at several places of a document under its components, once. */
export function sharePartsOf(document: Document): Document {
  const components: Record<Place['kind'], Record<string, unknown>> = {
    parameters: {},
    responses: {},
    headers: {},
  };
  const alike = Map.groupBy(
    placesOf(document),
    ({ kind, holder, key }) => kind + JSON.stringify(holder[key]),
  );
  // The commonest part of a name has it; a rarer one is called after its first operation, too.
  for (const [first, ...others] of [...alike.values()].sort((one, other) => other.length - one.length)) {
    if (first === undefined || others.length === 0) continue;
    const { kind, name, operationId, holder, key } = first;
    const parts = components[kind];
    const called = name in parts ? `${name}.${operationId}` : name;
    parts[called] = holder[key];
    for (const place of [first, ...others])
      place.holder[place.key] = { $ref: `#/components/${kind}/${called}` };
  }
  return { ...document, components: { ...document.components, ...components } };
}

/** Headers first: a response that has them is alike only with references in their place. */
function placesOf({ paths }: Document): readonly Place[] {
  const operations = Object.values(paths).flatMap((methods) => Object.values(methods));
  const answers = operations.flatMap(({ operationId, responses }) =>
    Object.entries(responses).map(([status, answer]) => ({ operationId, responses, status, answer })),
  );
  return [
    ...answers.flatMap(({ operationId, answer: { headers = {} } }) =>
      Object.keys(headers).map(
        (name): Place => ({ kind: 'headers', name, operationId, holder: headers, key: name }),
      ),
    ),
    ...operations.flatMap(({ operationId, parameters = [] }) =>
      parameters.map(({ name }, at): Place => {
        const holder = parameters as unknown as Record<number, unknown>;
        return { kind: 'parameters', name: String(name), operationId, holder, key: at };
      }),
    ),
    ...answers
      .filter(({ status }) => Number(status) >= 300)
      .map(
        ({ operationId, responses, status }): Place => ({
          kind: 'responses',
          name: `Status${status}`,
          operationId,
          holder: responses,
          key: status,
        }),
      ),
  ];
}
