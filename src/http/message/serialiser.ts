import type { FastifySerializerCompiler } from 'fastify/types/schema.js';

/**
 * Answers are plain shapes, and plain `JSON.stringify` is the fastest serialiser on the pinned runtime. It checks and
 * strips nothing: that answers are what their schema says is enforced by the tests, on every response.
 */
export const serializerCompiler: FastifySerializerCompiler<unknown> = () => (value) => JSON.stringify(value);
