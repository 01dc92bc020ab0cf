/*
 * Sends a draft as the API's own request, with the key of this tab.
 */
const KEY = 'ledger-key';

for (const form of document.querySelectorAll('form.draft')) {
  const key = form.elements.key;
  key.value = sessionStorage.getItem(KEY) ?? '';
  // The same draft sent twice is recorded once; a corrected one is another.
  let idempotencyKey = '';
  let sent = '';
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const output = form.querySelector('output');
    const draft = form.elements.draft.value;
    if (draft !== sent) idempotencyKey = Array.from(crypto.getRandomValues(new Uint32Array(4))).join('-');
    sent = draft;
    sessionStorage.setItem(KEY, key.value);
    output.replaceChildren('…');
    output.className = '';
    try {
      const response = await fetch(form.dataset.address, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer ${key.value}`,
          'idempotency-key': `"${idempotencyKey}"`,
        },
        body: draft,
      });
      const answer = await response.json();
      if (response.ok) showRecorded(form, output, answer);
      else showProblem(output, answer);
    } catch (error) {
      output.className = 'bad';
      output.replaceChildren(String(error.message ?? error));
    }
  });
}

function showRecorded(form, output, answer) {
  const { id } = answer.data;
  const link = document.createElement('a');
  link.href = form.dataset.forecasts + encodeURIComponent(id);
  link.textContent = id;
  output.replaceChildren(`${form.dataset.recorded} `, link);
}

function showProblem(output, problem) {
  output.className = 'bad';
  const list = document.createElement('ul');
  for (const { name, message, suggestion } of problem.errors ?? []) {
    const item = document.createElement('li');
    item.textContent = `${name} ${message}${suggestion === undefined ? '' : ` (${suggestion}?)`}`;
    list.append(item);
  }
  output.replaceChildren(problem.detail, list);
}
