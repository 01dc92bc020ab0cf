import { html } from 'ghtml';
import type { ProblemDocument } from '../../http/message/problem.ts';
import type { Refused } from './asking.ts';
import { addressOf } from './asking.ts';
import type { Markup, Page, PageContext } from './layout.ts';

/** Longer lists of allowed values would drown the sentence. */
const MOST_ALLOWED = 60;

/** A problem as a page, in the words of its problem document. */
export function problemPage(context: PageContext, problem: ProblemDocument): Page {
  return {
    title: problem.title,
    description: problem.detail,
    isProblem: true,
    body: html`<h1>${problem.title}</h1>
!${explained(context, problem)}
<p><a href="${context.base}/">${context.texts.name}</a></p>`,
  };
}

/** A refusal of a part of a page, in its place. */
export function refusal(context: PageContext, { problem }: Refused): Markup {
  return html`<section class="note" role="alert">!${explained(context, problem)}</section>`;
}

function explained({ base, texts, path, query }: PageContext, problem: ProblemDocument): Markup {
  const faults = problem.errors.map(({ in: place, name, message, allowed = [], suggestion }) => {
    const corrected = new URLSearchParams(query);
    if (suggestion !== undefined && corrected.has(name)) corrected.set(name, suggestion);
    // The id is the end of a page's path.
    const to = place === 'path' && suggestion !== undefined ? path.replace(/[^/]+$/, suggestion) : path;
    return html`<li><code>${name}</code> ${message}
!${suggestion === undefined ? '' : html`<br>${texts.didYouMean} <a href="${base}${addressOf(to, corrected)}">${suggestion}</a>?`}
!${allowed.length === 0 || allowed.length > MOST_ALLOWED ? '' : html`<br><span class="quiet">${texts.allowed}: ${allowed.join(', ')}</span>`}</li>`;
  });
  return html`<p>${problem.detail}</p>
!${faults.length === 0 ? '' : html`<ul>!${faults}</ul>`}
<p class="quiet"><a href="${base}/errors#${problem.code}">${problem.code}</a> · ${problem.status}</p>`;
}

interface Kinds {
  readonly data: readonly {
    readonly code: string;
    readonly title: string;
    readonly status: number;
    readonly description?: string;
  }[];
}

/** `/errors`: what the error codes mean. */
export async function problemKinds(context: PageContext): Promise<Page> {
  const { texts, ask } = context;
  const { data } = await ask<Kinds>('/problems');
  return {
    title: texts.problems,
    body: html`<h1>${texts.problems}</h1>
!${data.map(({ code, title, status, description }) => html`<section id="${code}"><h2>${title}</h2><p><code>${code}</code> · ${status}</p>!${description === undefined ? '' : html`<p>${description}</p>`}</section>`)}`,
  };
}
