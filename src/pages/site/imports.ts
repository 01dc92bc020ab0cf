import { html } from 'ghtml';
import type { Page, PageContext } from './layout.ts';
import { input, link } from './layout.ts';

/** `/imports`: a file is checked, its errors told by row, then published, by the API's own requests. */
export async function imports(context: PageContext): Promise<Page> {
  const { texts, base, origin } = context;
  const send = (query: string): string =>
    `curl -i --data-binary @file.csv -H 'Content-Type: text/csv' -H "Authorization: Bearer $KEY" \\\n  '${origin}/v1/imports?${query}'`;
  return {
    title: texts.imports,
    body: html`<h1>${texts.imports}</h1>
<p class="lead">${texts.importText}</p>
<p>!${link(context, '/v1/imports/template.csv', texts.importTemplate)} · !${link(context, '/v1/imports/columns', texts.importColumns)}</p>
<noscript><p class="note">${texts.importNeedsScript}</p></noscript>
<form class="ask import" data-address="${base}/v1/imports" data-explore="${base}/explore" data-texts="${JSON.stringify(texts.importStates)}" hidden>
<label>${texts.importFile}<input name="file" type="file" accept=".csv,.tsv,.ndjson,.jsonl,.json" required></label>
<label>${texts.key}<input name="key" type="password" autocomplete="off" placeholder="fl_…" required></label>
!${input('reason', texts.importReason, null)}
<label class="check"><input name="skip" type="checkbox">${texts.importSkip}</label>
<button name="check">${texts.importCheck}</button>
<button name="publish" disabled>${texts.importPublish}</button>
<p class="quiet wide">${texts.keyHint} ${texts.importExcel}</p>
<progress max="1" value="0" aria-label="${texts.imports}" hidden></progress>
</form>
<div class="import-result" role="status"></div>
<section><h2>${texts.importCurl}</h2>
<p>${texts.importCurlText}</p>
<pre class="copy shell" tabindex="0">${send('dryRun=true')}</pre>
<pre class="copy shell" tabindex="0">curl ${origin}/v1/imports/{id}</pre>
<pre class="copy shell" tabindex="0">${send('reason=import')}</pre></section>`,
  };
}
