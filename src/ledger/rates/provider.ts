import { LAWGIVER } from '../../domain/money/conversion-routes.ts';
import { weekday } from '../../domain/period/calendar.ts';
import type { NamedProvider, ProviderAdapter } from './fetching.ts';
import { ecb } from './providers/ecb.ts';

/** All providers of reference rates. The first is the one whose rates conversions use. */
export const PROVIDERS: readonly [ProviderAdapter, ...ProviderAdapter[]] = [ecb];

/** The provider whose rates conversions use. */
export const [REFERENCE] = PROVIDERS;

export const PROVIDER_IDS = PROVIDERS.map(({ id }) => id);

/** @throws Error where there is none of that id */
export function providerOf(id: string): ProviderAdapter {
  const provider = PROVIDERS.find((one) => one.id === id);
  if (provider === undefined) throw new Error(`there is no provider ${id}`);
  return provider;
}

/** What is no name of a provider whose rates are imported: rates that documents imply, and those fixed by law. */
export const RESERVED_IDS: readonly string[] = [...PROVIDER_IDS, 'source', LAWGIVER];

/**
 * A provider whose rates were imported from files. Which days it publishes on is not known: a day without a rate takes the
 * last one before it, and of weekdays a mean needs as many as of any provider's open days.
 */
export function importedProvider({ id, base }: Pick<NamedProvider, 'id' | 'base'>): NamedProvider {
  return {
    id,
    base,
    name: id,
    attribution: `Source: ${id}`,
    calendar: {
      firstDay: '1900-01-01',
      isOpen: (date) => weekday(date) <= 5,
      daysWithoutRates: new Set(),
      hasUnknownClosings: true,
    },
    publishesAt: REFERENCE.publishesAt,
  };
}
