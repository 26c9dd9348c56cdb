// Files (BUYER): each is sent as soon as it is chosen, resumably (tus); the form then only names it. Without this script the form brings them itself.
const up = document.querySelector('form[data-uploads]');
if (up && globalThis.tus && crypto.subtle) {
  const W = JSON.parse(up.dataset.words); let open = 0, held = null;
  const hex = async f => [...new Uint8Array(await crypto.subtle.digest('SHA-256', await f.arrayBuffer()))].map(b => b.toString(16).padStart(2, '0')).join('');
  const el = (tag, cls, text) => { const e = document.createElement(tag); e.className = cls; if (text) e.textContent = text; return e; };
  const settle = () => { open--; if (!open && held) { const b = held; held = null; up.requestSubmit(b === up ? undefined : b); } };
  const send = async (file, as) => {
    open++;
    const row = el('li', 'filerow'), col = el('div', 'grow stack'), name = el('b', 'clip', file.name), bar = el('progress', ''), says = el('span', 'small dim', W.sending), off = el('button', 'btn ghost', W.remove);
    bar.max = file.size || 1; bar.value = 0; bar.setAttribute('aria-label', file.name); says.setAttribute('role', 'status'); off.type = 'button';
    col.append(name, bar, says); row.append(col, off); up.querySelector(`[data-list="${as}"]`).append(row);
    let gone = false; const done = () => { if (!gone) { gone = true; settle(); } };
    const told = (text, cls) => { says.textContent = text; says.className = `small ${cls}`; };
    const job = new tus.Upload(file, {
      endpoint: '/uploads/tus', headers: { 'X-CSRF': up.dataset.csrf }, metadata: { filename: file.name, filetype: file.type, sha256: await hex(file) },
      retryDelays: [0, 1000, 3000, 5000, 10000, 20000, 30000, 60000], removeFingerprintOnSuccess: true,
      onProgress: n => { bar.value = n; told(`${W.sending} ${Math.floor(100 * n / (file.size || 1))}%`, 'dim'); },
      onShouldRetry: e => { const s = e.originalResponse?.getStatus() || 0; if (s < 400 || [409, 423, 429, 460].includes(s) || s >= 500) { told(W.again, 'warn'); return true; } return false; },
      onError: e => { let why = W.failed; try { why = JSON.parse(e.originalResponse.getBody()).says; } catch { } told(why, 'bad'); bar.remove(); held = null; done(); },
      onSuccess: () => { const i = el('input', ''); i.type = 'hidden'; i.name = as; i.value = job.url.split('/').pop(); row.append(i); bar.remove(); told(W.here, 'ok'); done(); },
    });
    off.onclick = () => { job.abort(true).catch(() => { }); row.remove(); done(); };
    const before = await job.findPreviousUploads(); if (before.length) job.resumeFromPreviousUpload(before[0]);
    job.start();
  };
  const take = i => { const as = i.dataset.as; if (!as || i.type !== 'file') return; const files = [...i.files]; i.value = ''; files.forEach(f => send(f, as)); };
  up.addEventListener('change', e => take(e.target));
  up.querySelectorAll('input[type=file]').forEach(take); // what was chosen before this script ran
  document.addEventListener('submit', e => { if (e.target !== up || !open) return; e.preventDefault(); e.stopPropagation(); held = e.submitter || up; let n = up.querySelector('[data-wait]'); if (!n) { n = el('p', 'note info', W.wait); n.dataset.wait = ''; n.setAttribute('role', 'status'); up.append(n); } }, true);
}
