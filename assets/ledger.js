/*
 * Comfort for the pages: copies, and sends drafts and files as the API's own requests, with the key of this tab.
 */
const KEY = 'ledger-key';
const POLL_MS = 400;
const FORMATS = { csv: 'csv', tsv: 'csv', ndjson: 'ndjson', jsonl: 'ndjson', json: 'json' };

/** An element with what stands in it. */
function made(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

for (const { elements } of document.forms)
  if (elements.key !== undefined) elements.key.value = sessionStorage.getItem(KEY) ?? '';

/** Asks the API with the key of a form. @throws the problem document, or an error */
async function ask(form, address, options = {}) {
  const key = form.elements.key.value;
  sessionStorage.setItem(KEY, key);
  const headers = { accept: 'application/json', ...(key === '' ? {} : { authorization: `Bearer ${key}` }) };
  const response = await fetch(address, { ...options, headers: { ...headers, ...options.headers } });
  const answer = await response.json();
  if (!response.ok) throw answer;
  return answer;
}

/** The same content sent twice is written once; a corrected one is another. */
function onceFor() {
  let last;
  let key = '';
  return (content) => {
    if (content !== last) key = Array.from(crypto.getRandomValues(new Uint32Array(4))).join('-');
    last = content;
    return { 'idempotency-key': `"${key}"` };
  };
}

/** @param problem a problem document, or an error */
function showProblem(output, problem) {
  const faults = (problem.errors ?? []).map(({ name, message, suggestion }) =>
    made('li', {}, `${name} ${message}${suggestion === undefined ? '' : ` (${suggestion}?)`}`),
  );
  output.classList.add('bad');
  output.replaceChildren(problem.detail ?? String(problem.message ?? problem), made('ul', {}, ...faults));
}

/** Does what a form is for when it is sent; what is wrong is told in its output. */
function onSubmit(form, output, act) {
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    output.classList.remove('bad');
    output.replaceChildren('…');
    try {
      await act(event);
    } catch (problem) {
      showProblem(output, problem);
    }
  });
}

for (const form of document.querySelectorAll('form.draft')) {
  const output = form.querySelector('output');
  const once = onceFor();
  onSubmit(form, output, async () => {
    const body = form.elements.draft.value;
    const headers = { 'content-type': 'application/json', ...once(body) };
    const { data } = await ask(form, form.dataset.address, { method: 'POST', headers, body });
    const href = form.dataset.forecasts + encodeURIComponent(data.id);
    output.replaceChildren(`${form.dataset.recorded} `, made('a', { href }, data.id));
  });
}

for (const form of document.querySelectorAll('form.source-text')) {
  form.hidden = false;
  const output = form.querySelector('output');
  onSubmit(form, output, async () => {
    const [{ data }, figures] = await Promise.all([
      ask(form, form.dataset.address),
      ask(form, form.dataset.figures),
    ]);
    output.replaceChildren();
    form.after(made('p', { className: 'text' }, ...marked(data.text, figures.data, form.dataset.forecasts)));
    form.remove();
  });
}

/** A text with each figure linked to its record. Places are Unicode code points. */
function marked(text, forecasts, address) {
  const characters = [...text];
  const pieces = [];
  let end = 0;
  const places = forecasts
    .filter(({ evidence }) => evidence.start !== null)
    .map(({ id, amount, evidence: { phrase, start } }) => {
      const at = Math.max(0, phrase.indexOf(amount.asStated));
      const from = start + [...phrase.slice(0, at)].length;
      const length = [...(phrase.includes(amount.asStated) ? amount.asStated : phrase)].length;
      return { id, from, to: from + length };
    })
    .sort((one, other) => one.from - other.from || one.to - other.to);
  for (const { id, from, to } of places) {
    // One figure may stand in several records.
    if (from < end) continue;
    const href = address + encodeURIComponent(id);
    const words = characters.slice(from, to).join('');
    pieces.push(characters.slice(end, from).join(''), made('mark', {}, made('a', { href }, words)));
    end = to;
  }
  return [...pieces, characters.slice(end).join('')];
}

for (const form of document.querySelectorAll('form.import')) {
  form.hidden = false;
  const { file, reason, skip, check, publish } = form.elements;
  const texts = JSON.parse(form.dataset.texts);
  const output = document.querySelector('.import-result');
  const progress = form.querySelector('progress');
  const once = { true: onceFor(), false: onceFor() };
  // What is published is what was checked.
  form.addEventListener('change', () => {
    publish.disabled = true;
  });
  onSubmit(form, output, async ({ submitter }) => {
    const [sent] = file.files;
    const dryRun = submitter !== publish;
    const format = FORMATS[sent.name.split('.').at(-1).toLowerCase()];
    if (/\.xlsx?$/i.test(sent.name)) throw new Error(`${sent.name} ${texts.excel}`);
    const query = new URLSearchParams({
      dryRun,
      onError: skip.checked ? 'skip' : 'refuse',
      ...(format === undefined ? {} : { format }),
      ...(reason.value === '' ? {} : { reason: reason.value }),
    });
    output.replaceChildren(texts.sending);
    progress.removeAttribute('value');
    progress.hidden = false;
    check.disabled = true;
    publish.disabled = true;
    try {
      const headers = once[dryRun](`${sent.name} ${sent.size} ${sent.lastModified} ${query}`);
      const received = await ask(form, `${form.dataset.address}?${query}`, {
        method: 'POST',
        headers,
        body: sent,
      });
      const job = await ended(form, received.data, (now) => {
        const { bytesTotal, bytesRead, rowsRead, rowsInvalid } = now.progress;
        if (bytesTotal > 0) progress.value = bytesRead / bytesTotal;
        output.replaceChildren(
          `${texts[now.status]}: ${rowsRead} ${texts.rows}, ${rowsInvalid} ${texts.wrong}`,
        );
      });
      output.replaceChildren(...jobShown(job, texts, form.dataset.explore));
      output.classList.toggle('bad', job.status === 'refused' || job.status === 'failed');
      publish.disabled = job.status !== 'checked';
    } finally {
      progress.hidden = true;
      check.disabled = false;
    }
  });
}

/** An import when it has come to its end. */
async function ended(form, job, onProgress) {
  let now = job;
  while (now.finishedAt === null) {
    onProgress(now);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    ({ data: now } = await ask(form, `${form.dataset.address}/${job.id}`));
  }
  return now;
}

function jobShown(job, texts, explore) {
  const { status, progress, result, failure, errors, errorCount } = job;
  const counts = ['added', 'revised', 'unchanged', 'unverified', 'catalogueAdded'].flatMap((name) =>
    result?.[name] > 0 ? [`${result[name]} ${texts[name]}`] : [],
  );
  const told = [`${progress.rowsRead} ${texts.rows}`, `${progress.rowsInvalid} ${texts.wrong}`, ...counts];
  const rows = errors.map(({ row, line, column, value, message, suggestion }) => [
    row === null ? '' : `${row}${line === null ? '' : ` (${line})`}`,
    column ?? '',
    `${message}${suggestion === undefined ? '' : `. ${texts.didYouMean} ${suggestion}?`}`,
    value ?? '',
  ]);
  const heads = [texts.row, texts.column, texts.message, texts.value];
  return [
    made('p', {}, made('strong', {}, texts[status]), `: ${told.join(', ')}`),
    ...(failure === null ? [] : [made('p', {}, failure.message)]),
    ...(rows.length === 0 ? [] : [made('div', { className: 'scroll' }, tableOf(texts.message, heads, rows))]),
    ...(errorCount > rows.length ? [made('p', {}, `${errorCount - rows.length} ${texts.more}`)] : []),
    ...(status === 'published'
      ? [made('p', {}, made('a', { href: `${explore}?sort=-recordedAt` }, texts.see))]
      : []),
  ];
}

function tableOf(caption, heads, rows) {
  const head = heads.map((text) => made('th', { scope: 'col' }, text));
  const body = rows.map((cells) => made('tr', {}, ...cells.map((text, at) => cellOf(text, heads[at]))));
  return made(
    'table',
    {},
    made('caption', {}, caption),
    made('thead', {}, made('tr', {}, ...head)),
    made('tbody', {}, ...body),
  );
}

function cellOf(text, head) {
  const cell = made('td', {}, ...(text === '' ? [] : [made('div', {}, text)]));
  cell.dataset.head = head;
  return cell;
}

for (const code of document.querySelectorAll('.copy')) {
  const { copy, copied } = document.body.dataset;
  const text = code.textContent;
  const button = made('button', { type: 'button', className: 'copier' }, copy);
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(text);
    button.textContent = copied;
  });
  // Elsewhere than on a secure address browsers do not copy.
  if (navigator.clipboard !== undefined) code.append(button);
}
