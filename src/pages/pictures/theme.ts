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
  /** Of parts: each told from all others with any colour vision, and by their order and gaps. */
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
    parts: ['#0b62a8', '#de7708', '#0e8568', '#8c4883', '#846000', '#4392d2', '#9f3b2f', '#424c54'],
  },
  dark: {
    background: '#12161c',
    ink: '#e9edf2',
    muted: '#aab4c0',
    grid: '#343c47',
    mark: '#5fb3ec',
    outcome: '#ff9a62',
    rest: '#939ead',
    parts: ['#5fb3ec', '#ed9849', '#38c19f', '#b17cb1', '#e8c73d', '#3589ce', '#e97a6f', '#adc3d2'],
  },
};
