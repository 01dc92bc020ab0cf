import { createRequire } from 'node:module';

type Labels = Readonly<Record<string, string>>;

/** A metric as the parser gives it: numbers are text. */
interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly metrics: readonly { readonly value?: string; readonly labels?: Labels }[];
}

// It brings no types.
const parse = createRequire(import.meta.url)('parse-prometheus-text-format') as (
  text: string,
) => readonly Family[];

/** What a text in the format of Prometheus says. */
export function readMetrics(text: string) {
  // Of histograms the parser drops labels: without comments, buckets, sums and counts are samples of their own.
  const samples = parse(text.replaceAll(/^#.*\n/gm, '')).flatMap(({ name, metrics }) =>
    metrics.map(({ value, labels = {} }) => ({ name, value, labels })),
  );
  return {
    families: parse(text),
    labelsOf: (name: string): readonly Labels[] =>
      samples.filter((sample) => sample.name === name).map(({ labels }) => labels),
    /** The value of a sample with these labels, among others; undefined where there is none. */
    valueIn: (name: string, labels: Labels = {}): number | undefined => {
      const meant = Object.entries(labels);
      const found = samples.find(
        (sample) => sample.name === name && meant.every(([label, value]) => sample.labels[label] === value),
      );
      return found?.value === undefined ? undefined : Number(found.value);
    },
  };
}
