import { html } from 'ghtml';
import type { Conversion } from '../../domain/money/conversion.ts';
import { Refused, unlessRefused } from './asking.ts';
import { receiptSteps } from './forecast.ts';
import type { Page, PageContext } from './layout.ts';
import { figure, input, otherForms } from './layout.ts';
import { refusal } from './problem-page.ts';

interface Answer {
  readonly data: { readonly amount: string; readonly from: string; readonly converted: Conversion };
  readonly meta: { readonly datasetVersion: string };
}

/** `/convert`: any amount, on any day, with its receipt. Its parameters are those of `/v1/convert`. */
export async function convert(context: PageContext): Promise<Page> {
  const { ask, query, texts, base } = context;
  const isAsked = query.has('amount');
  const answer = isAsked ? await unlessRefused(ask<Answer>('/v1/convert', query)) : null;
  return {
    title: texts.convert,
    json: '/v1/convert',
    datasetVersion: answer === null || answer instanceof Refused ? undefined : answer.meta.datasetVersion,
    body: html`<h1>${texts.convert}</h1>
<form class="ask" action="${base}/convert">
!${input('amount', texts.amount, query.get('amount'), { placeholder: '3000000000000' })}
!${input('from', texts.from, query.get('from') ?? (isAsked ? null : 'CNY'), { placeholder: 'CNY' })}
!${input('to', texts.to, query.get('to') ?? (isAsked ? null : 'USD'), { placeholder: 'USD' })}
!${input('date', texts.onDay, query.get('date'), { type: 'date' })}
<button>${texts.apply}</button>
</form>
!${
      answer === null
        ? ''
        : answer instanceof Refused
          ? refusal(context, answer)
          : html`<p class="large">!${figure(context, answer.data.converted)}</p>
<p>${answer.data.amount} ${answer.data.from} ${texts.isWorth} <strong>${answer.data.converted.value ?? ''} ${answer.data.converted.currency}</strong></p>
!${receiptSteps(context, answer.data.converted.receipt)}
!${otherForms(context, '/v1/convert', { endings: [''] })}`
    }`,
  };
}
