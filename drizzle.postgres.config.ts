import { defineConfig } from 'drizzle-kit';

export default defineConfig({
  dialect: 'postgresql',
  schema: './scripts/postgres-tables.ts',
  out: './migrations/postgres',
});
