import { z } from 'zod';

/*
 * Parameters as clients send them. In a URL everything is text, and so is the input of a parameter's schema; the document
 * says what the text stands for: an integer with its bounds, a boolean, a list.
 */

/**
 * A query's parameters, each as the last shape that its text is read into, for the input side of JSON Schema.
 * @param hidden names of those that are not described
 */
export function describedQuery(query: z.ZodObject, hidden: readonly string[]): z.ZodObject {
  const all = Object.entries(query.shape) as [string, z.ZodType][];
  const parameters = all.filter(([name]) => !hidden.includes(name));
  return z.strictObject(
    Object.fromEntries(
      parameters.map(([name, parameter]) => {
        const shape = shapeOf(parameter);
        const isOptional = parameter._zod.optin !== undefined && shape._zod.optin === undefined;
        return [name, isOptional ? shape.optional() : shape];
      }),
    ),
  );
}

/** What a function makes of a shape has none that can be described: the shape before it is taken. */
function shapeOf(schema: z.ZodType): z.ZodType {
  const inner = innerShape(schema);
  const said = z.globalRegistry.get(schema);
  return inner === schema || said === undefined ? inner : inner.meta(said);
}

function innerShape(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodOptional) return shapeOf(schema.unwrap() as z.ZodType).optional();
  if (schema instanceof z.ZodDefault)
    return shapeOf(schema.unwrap() as z.ZodType).default(schema.def.defaultValue);
  if (schema instanceof z.ZodReadonly) return shapeOf(schema.unwrap() as z.ZodType);
  if (!(schema instanceof z.ZodPipe)) return schema;
  return shapeOf((schema.out instanceof z.ZodTransform ? schema.in : schema.out) as z.ZodType);
}

/** A text of a query as the value that it stands for. @param schema of the parameter, as the document has it */
export function exampleValue(schema: { readonly type?: unknown }, text: string): unknown {
  switch (schema.type) {
    case 'integer':
      return Number(text);
    case 'boolean':
      return text === 'true';
    case 'array':
      return text.split(',');
    default:
      return text;
  }
}
