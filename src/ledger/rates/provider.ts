import type { ProviderAdapter } from './fetching.ts';
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
