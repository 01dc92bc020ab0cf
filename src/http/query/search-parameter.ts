import { z } from 'zod';
import { searchTerms } from '../../domain/text/search-text.ts';

export const MAX_SEARCH_LENGTH = 200;

/** A text to search for: without a word it would find nothing, and look like an answer. */
export const searchText = z
  .string()
  .refine((text) => [...text].length <= MAX_SEARCH_LENGTH, `at most ${MAX_SEARCH_LENGTH} characters long`)
  .refine(
    (text) => searchTerms(text).length > 0,
    'at least one word to look for; leave the parameter out for all records',
  );
