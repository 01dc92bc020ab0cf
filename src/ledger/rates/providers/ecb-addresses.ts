/** The European Central Bank's name as a provider, in every record. */
export const ECB = 'ecb';

/** Every reference rate since 1999 in one CSV file, in a zip archive of some 600 kB. */
export const ECB_HISTORY_URL = 'https://www.ecb.europa.eu/stats/eurofxref/eurofxref-hist.zip';

/** The daily reference rates of all currencies in the ECB's data service (SDMX 2.1). */
export const ECB_SERIES_URL = 'https://data-api.ecb.europa.eu/service/data/EXR/D..EUR.SP00.A';
