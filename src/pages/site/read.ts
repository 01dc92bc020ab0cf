import { html } from 'ghtml';
import type { ReadFigure, Reading } from '../../analysis/readings/schemas.ts';
import { Refused, unlessRefused } from './asking.ts';
import { claimLinks } from './forecast.ts';
import type { Markup, Page, PageContext } from './layout.ts';
import { codeInWords, figure, input, languageName, period, select } from './layout.ts';
import { refusal } from './problem-page.ts';

const LANGUAGES = [
  'en',
  'zh',
  'ja',
  'ko',
  'de',
  'fr',
  'es',
  'it',
  'pt',
  'nl',
  'da',
  'sv',
  'no',
  'pl',
  'cs',
  'tr',
  'ru',
  'hi',
];
/** What a reading takes beside its text. */
const HINTS = ['language', 'publishedOn', 'currency', 'region'] as const;

/**
 * `/read`: a text with its figures marked, the drafts beside it, and what is on record already.
 * @param sent the fields of the form; without them, `source` of the address names a document whose text is held
 */
export async function read(context: PageContext, sent?: URLSearchParams): Promise<Page> {
  const { ask, texts, query, base } = context;
  const asked = sent ?? query;
  const text = asked.get('text') ?? '';
  const id = asked.get('source');
  const body = {
    ...(text === '' ? {} : { text }),
    ...(text === '' && id !== null ? { source: id } : {}),
    ...Object.fromEntries(
      HINTS.flatMap((name) => {
        const value = asked.get(name);
        return value === null || value === '' ? [] : [[name, value]];
      }),
    ),
  };
  const isAsked = 'text' in body || 'source' in body;
  const reading = isAsked ? await unlessRefused(ask<Reading>('/v1/readings', {}, body)) : null;
  return {
    title: texts.read,
    datasetVersion: reading === null || reading instanceof Refused ? undefined : reading.meta.datasetVersion,
    body: html`<h1>${texts.read}</h1>
!${reading === null ? '' : reading instanceof Refused ? refusal(context, reading) : await shown(context, reading, text)}
<form class="ask" method="post" action="${base}/read">
<label class="wide">${texts.paste}<textarea name="text" rows="8" required placeholder="${texts.pasteHint}">${text}</textarea></label>
!${select('language', texts.language, asked.get('language'), [{ value: '', text: texts.known }, ...LANGUAGES.map((value) => ({ value, text: languageName(context, value) }))])}
!${input('publishedOn', texts.publishedOn, asked.get('publishedOn'), { type: 'date' })}
!${input('currency', texts.currency, asked.get('currency'), { placeholder: 'CNY' })}
<button>${texts.readIt}</button>
</form>`,
  };
}

async function shown(context: PageContext, { data, meta }: Reading, text: string): Promise<Markup> {
  const { texts } = context;
  const known = data.flatMap(({ matches, conflicts }) => [...matches, ...conflicts]);
  const claim = await claimLinks(
    context,
    known.map(({ forecast }) => forecast),
  );
  return html`<p><strong>${texts.found(String(meta.figures))}</strong></p>
<div class="pair">
!${text === '' ? '' : html`<section><p class="text">!${markedText(text, data)}</p></section>`}
<section><ol>!${data.map((item, at) => draftOf(context, item, at, claim))}</ol>
<noscript><p class="quiet">${texts.needsScript}</p></noscript></section>
</div>`;
}

/** The text with each figure marked, linked to its draft. Places are Unicode code points. */
function markedText(text: string, figures: readonly ReadFigure[]): Markup {
  const characters = [...text];
  let end = 0;
  const pieces = figures.map(({ span, text: words }, at) => {
    const before = characters.slice(end, span.start).join('');
    end = span.end;
    return html`${before}<mark id="figure-${at}"><a href="#draft-${at}">${words}</a></mark>`;
  });
  return html`!${pieces}${characters.slice(end).join('')}`;
}

/** What a field of a draft is called on the pages. */
function fieldLabel(context: PageContext, name: string): string {
  const label: unknown = { ...context.texts }[name];
  return typeof label === 'string' ? label.toLocaleLowerCase(context.language) : codeInWords(context, name);
}

/** Why a figure is not read. Where a field of the form would help, that is named in the place of the API's parameter. */
function refusalInWords({ texts }: PageContext, message: string): string {
  const field = (['language', 'publishedOn', 'currency'] as const).find((name) =>
    message.includes(`\`${name}\``),
  );
  return field === undefined
    ? message
    : `${message.replace(/ Right would be .*$/s, '')} ${texts.fillIn(texts[field])}`;
}

function draftOf(context: PageContext, item: ReadFigure, at: number, claim: (id: string) => Markup): Markup {
  const { texts, base } = context;
  const { amount, refusal: refused, draft, missing, matches, conflicts } = item;
  const known = (label: string, records: readonly { forecast: string }[]): Markup =>
    records.length === 0
      ? ''
      : html`<p>${label}:</p><ul>!${records.map(({ forecast }) => html`<li>!${claim(forecast)}</li>`)}</ul>`;
  return html`<li id="draft-${at}"><p><a href="#figure-${at}">${item.text}</a>: !${amount === null ? html`<span class="bad">${texts.notRead}: ${refusalInWords(context, refused?.message ?? '')}</span>` : figure(context, amount)}!${item.period?.stated == null ? '' : html`, !${period(context, item.period.stated)}`}</p>
!${known(texts.onRecord, matches)}
!${known(texts.conflicts, conflicts)}
!${
    draft === null
      ? ''
      : html`<details><summary>${texts.draft}!${missing.length === 0 ? '' : html` <span class="quiet">${texts.missing}: ${missing.map((name) => fieldLabel(context, name)).join(', ')}</span>`}</summary>
<form class="draft" data-address="${base}/v1/forecasts" data-recorded="${texts.recordedAs}" data-forecasts="${base}/forecasts/">
<label>${texts.draft}<textarea name="draft" rows="12" spellcheck="false">${JSON.stringify(draft, null, 2)}</textarea></label>
<label>${texts.key}<input name="key" type="password" autocomplete="off" placeholder="fl_…"></label>
<p class="quiet">${texts.keyHint}</p>
<button>${texts.recordIt}</button><output role="status"></output>
</form></details>`
  }</li>`;
}
