import type { Look } from '../../http/formats/pictures.ts';

/** Colours as `#rrggbb`. */
export interface Palette {
  readonly background: string;
  /** Of text, and of lines that say something. */
  readonly ink: string;
  readonly muted: string;
  /** Of lines that only lead the eye. */
  readonly grid: string;
  /** Of a figure. */
  readonly mark: string;
  /** Of what was reported. */
  readonly outcome: string;
  /** Of what is left over. */
  readonly rest: string;
  /** Of parts, one beside the other: told apart with any colour vision, and by their order and gaps. */
  readonly parts: readonly string[];
}

export const PALETTES: Readonly<Record<Look['theme'], Palette>> = {
  light: {
    background: '#ffffff',
    ink: '#1b2129',
    muted: '#505a66',
    grid: '#d8dde3',
    mark: '#0b62a8',
    outcome: '#b03a00',
    rest: '#67717d',
    parts: ['#0b62a8', '#d06a00', '#00856a', '#8b4a92', '#927300', '#3f8fd0', '#a3362a', '#4a5560'],
  },
  dark: {
    background: '#12161c',
    ink: '#e9edf2',
    muted: '#aab4c0',
    grid: '#343c47',
    mark: '#5fb3ec',
    outcome: '#ff9a62',
    rest: '#939ead',
    parts: ['#5fb3ec', '#f09a48', '#35bf9b', '#cb92d6', '#d8bd46', '#3d86c6', '#f07f74', '#b4bfcb'],
  },
};
