// Own behaviour layer: no framework, no eval, no inline style attributes. Every feature is an enhancement of working HTML.
const doc = document.documentElement;
const server = document.querySelector('meta[name=server-now]');
const standing = server?.hasAttribute('data-standing') ? Date.parse(server.content) : 0; // a sandbox clock that stands
const skew = Date.parse(server?.content || '') - Date.now() || 0;
const now = () => standing || Date.now() + skew;
const T = JSON.parse(document.getElementById('words')?.textContent || '{}');
const nf2 = n => String(n).padStart(2, '0');
const unit = (n, u, style = 'n') => (T.units?.[style]?.[u] || '{0}').replace('{0}', n); // same labels the server used, so the first tick never shifts layout

class DueTime extends HTMLElement {
  connectedCallback() {
    this.t = Date.parse(this.getAttribute('datetime'));
    this.total = (+this.getAttribute('window') || 86400) * 1000;
    this.out = this.querySelector('[data-out]') || this;
    this.val = this.querySelector('.val');
    DueTime.all.add(this); this.tick();
  }
  disconnectedCallback() { DueTime.all.delete(this); }
  tick() {
    const ms = this.t - now(), late = ms <= 0, s = Math.floor(Math.abs(ms) / 1000);
    const d = Math.floor(s / 86400), h = Math.floor(s % 86400 / 3600), m = Math.floor(s % 3600 / 60), sec = s % 60;
    const style = this.hasAttribute('long') ? 'l' : 'n';
    let txt = d ? `${unit(d, 'd', style)} ${unit(h, 'h', style)}` : h ? `${unit(h, 'h', style)} ${unit(m, 'm', style)}` : late ? unit(m, 'm', style) : `${m}:${nf2(sec)}`;
    if (late) txt = (T.late || '{0} late').replace('{0}', txt);
    if (this.last !== txt) { this.out.textContent = txt; this.last = txt; }
    this.dataset.state = late ? 'late' : ms < 4 * 3600e3 ? 'soon' : 'ok';
    if (this.val) this.val.setAttribute('stroke-dashoffset', late ? 100 : Math.max(0, 100 - 100 * ms / this.total));
  }
  static all = new Set();
}
customElements.define('due-time', DueTime);
setInterval(() => DueTime.all.forEach(e => e.tick()), 1000);

// Evidence stage: linked pan / zoom / rotate with buttons and keys as the non-drag path (WCAG 2.5.7)
class EvidenceStage extends HTMLElement {
  connectedCallback() {
    this.panes = [...this.querySelectorAll('.pane')].map(el => ({ el, img: el.querySelector('img'), x: 0, y: 0, z: 1, r: 0 }));
    this.linked = true; this.live = this.querySelector('[aria-live]');
    this.panes.forEach(p => {
      p.el.addEventListener('wheel', e => { if (!e.ctrlKey && !e.metaKey) return; e.preventDefault(); this.apply(p, q => { q.z = Math.min(6, Math.max(1, q.z * (e.deltaY < 0 ? 1.12 : .89))); }); }, { passive: false });
      p.el.addEventListener('pointerdown', e => { if (p.z === 1) return; p.drag = [e.clientX, e.clientY]; p.el.setPointerCapture(e.pointerId); });
      p.el.addEventListener('pointermove', e => { if (!p.drag) return; const [a, b] = p.drag; p.drag = [e.clientX, e.clientY]; this.apply(p, q => { q.x += e.clientX - a; q.y += e.clientY - b; }); });
      p.el.addEventListener('pointerup', () => { p.drag = null; });
    });
    this.addEventListener('keydown', e => { const m = { ArrowLeft: 'l', ArrowRight: 'r', ArrowUp: 'u', ArrowDown: 'd' }[e.key]; if (m && e.target.matches('.pane')) { e.preventDefault(); this.act(m); } });
    this.addEventListener('input', e => { if (e.target.matches('[data-mix]')) this.mix(e.target.value); });
    this.addEventListener('click', e => {
      const b = e.target.closest('[data-act]'); if (b) this.act(b.dataset.act, b);
      const th = e.target.closest('[data-src]'); if (th && this.panes[+th.dataset.pane]?.img) { e.preventDefault(); this.lay(th); }
    });
    this.addEventListener('focusin', e => { const near = e.target.closest('.pane,.strip ul'); if (near) this.active = [...near.parentElement.children].filter(x => x.matches('.pane,ul')).indexOf(near); });
  }
  lay(th) {
    const p = this.panes[this.active = +th.dataset.pane], say = (at, text) => { const e = p.el.querySelector(at); if (e) e.textContent = text; };
    p.img.src = th.dataset.src; p.img.dataset.full = th.dataset.full || ''; p.img.alt = th.dataset.alt; p.el.setAttribute('aria-label', th.dataset.label);
    th.closest('ul').querySelectorAll('[data-src]').forEach(x => x === th ? x.setAttribute('aria-current', 'true') : x.removeAttribute('aria-current'));
    say('[data-cap]', th.dataset.cap); say('[data-ref]', th.dataset.ref); if (this.live) this.live.textContent = th.dataset.label;
  }
  step(n) { const all = [...this.querySelectorAll(`[data-pane="${this.active || 0}"]`)], at = all.findIndex(x => x.hasAttribute('aria-current')); if (all[at + n]) this.lay(all[at + n]); }
  mix(v) { const img = this.panes[1]?.img; if (img) img.style.opacity = v / 100; }
  apply(p, fn) { (this.linked ? this.panes : [p]).forEach(q => { fn(q); if (q.z === 1) q.x = q.y = 0; if (!q.img) return; if (q.z > 1 && q.img.dataset.full) { q.img.src = q.img.dataset.full; q.img.dataset.full = ''; } q.img.style.transform = `translate(${q.x}px,${q.y}px) scale(${q.z}) rotate(${q.r}deg)`; }); if (this.live) this.live.textContent = `${Math.round(p.z * 100)}%`; }
  act(a, b) {
    const p = this.panes[0];
    if (a === 'in') this.apply(p, q => { q.z = Math.min(6, q.z * 1.4); });
    if (a === 'out') this.apply(p, q => { q.z = Math.max(1, q.z / 1.4); });
    if (a === 'rot') this.apply(p, q => { q.r = (q.r + 90) % 360; });
    if (a === 'fit') this.apply(p, q => { q.z = 1; q.r = 0; });
    if (a === 'side' || a === 'over') { const over = a === 'over' && !this.querySelector('.stage').classList.contains('over'); this.querySelector('.stage').classList.toggle('over', over); this.querySelector('.overlay').hidden = !over; this.querySelectorAll('[data-act=side],[data-act=over]').forEach(x => x.setAttribute('aria-pressed', (x.dataset.act === 'over') === over)); this.mix(over ? this.querySelector('[data-mix]').value : 100); }
    if (a === 'link') { this.linked = !this.linked; b.setAttribute('aria-pressed', this.linked); }
    if (a === 'prev' || a === 'next') this.step(a === 'next' ? 1 : -1);
    const mv = { l: [60, 0], r: [-60, 0], u: [0, 60], d: [0, -60] }[a]; if (mv) this.apply(p, q => { q.x += mv[0]; q.y += mv[1]; });
  }
}
customElements.define('evidence-stage', EvidenceStage);

// Shortcuts: data-key on a real link / button / field. Single keys can be switched off (WCAG 2.1.4).
let prefix = null, timer;
addEventListener('keydown', e => {
  const t = e.target, typing = t.closest('input:not([type=radio]):not([type=checkbox]),textarea,select,[contenteditable]');
  const mod = e.metaKey || e.ctrlKey;
  if (mod && e.key.toLowerCase() === 'k') { e.preventDefault(); return openCmd(); }
  if (mod && e.key === 'Enter') { const b = document.querySelector('[data-key="mod+enter"]'); if (b) { e.preventDefault(); b.click(); } return; }
  if (typing || mod || e.altKey || document.querySelector('dialog[open]') || doc.dataset.keys === 'off') return;
  const k = prefix ? `${prefix} ${e.key}` : e.key; clearTimeout(timer);
  if (!prefix && e.key === 'g') { prefix = 'g'; timer = setTimeout(() => prefix = null, 900); return; }
  prefix = null;
  if (walk(k)) return e.preventDefault();
  const el = [...document.querySelectorAll(`[data-key="${CSS.escape(k)}"]`)].find(x => x.checkVisibility());
  if (el) { e.preventDefault(); el.matches('input:not([type=radio]),textarea') ? el.focus() : el.click(); if (el.type === 'radio') el.focus(); }
});

// Command menu: combobox + listbox, built from the page's own links and buttons that carry data-cmd
const dlg = document.getElementById('cmdk');
function openCmd() {
  if (!dlg) return; const inp = dlg.querySelector('input'), ul = dlg.querySelector('ul'); dlg.showModal(); inp.value = ''; render(); inp.focus();
  function render() {
    const q = inp.value.trim().toLowerCase();
    const hits = [...document.querySelectorAll('[data-cmd]')].filter(e => e.dataset.cmd.toLowerCase().includes(q)).slice(0, 8);
    if (q) hits.push({ dataset: { cmd: `${inp.dataset.finds}: ${inp.value.trim()}` }, click: () => { location.href = inp.dataset.find + encodeURIComponent(inp.value.trim()); } });
    ul.replaceChildren(...hits.map((e, i) => { const li = document.createElement('li'); li.id = 'opt' + i; li.role = 'option'; li.ariaSelected = String(i === 0); li.textContent = e.dataset.cmd; const k = e.dataset.key; if (k) { const b = document.createElement('kbd'); b.textContent = k.replace('mod+enter', '⌘↵').toUpperCase(); li.append(b); } li.onclick = () => { dlg.close(); e.click(); }; return li; }));
    inp.setAttribute('aria-activedescendant', hits.length ? 'opt0' : '');
  }
  inp.oninput = render;
  inp.onkeydown = e => { const a = [...ul.children], i = a.findIndex(x => x.ariaSelected === 'true'); if (e.key === 'Enter') { e.preventDefault(); a[i]?.click(); } if (/Arrow(Up|Down)/.test(e.key) && a.length) { e.preventDefault(); const n = (i + (e.key === 'ArrowDown' ? 1 : a.length - 1)) % a.length; a[i].ariaSelected = 'false'; a[n].ariaSelected = 'true'; a[n].scrollIntoView({ block: 'nearest' }); inp.setAttribute('aria-activedescendant', a[n].id); } };
}
document.addEventListener('click', e => { if (e.target.closest('[data-open-cmd]')) openCmd(); if (e.target === dlg) dlg.close(); });
document.addEventListener('click', e => { const b = e.target.closest('[data-theme-toggle]'); if (!b) return; const dark = matchMedia('(prefers-color-scheme: dark)').matches; const cur = doc.dataset.theme || (dark ? 'dark' : 'light'); doc.dataset.theme = cur === 'dark' ? 'light' : 'dark'; document.cookie = `theme=${doc.dataset.theme};path=/;max-age=31536000;samesite=lax`; });

// Signing in by a link: the button is pressed for people; a machine that only looks uses nothing up.
document.querySelector('form[data-enter]')?.requestSubmit();
// An error summary takes the focus; a form that was sent is not sent twice.
document.getElementById('errors')?.focus();
document.addEventListener('submit', e => { const f = e.target; if (f.method !== 'post' || f.hasAttribute('data-again')) return; if (f.dataset.sent) e.preventDefault(); f.dataset.sent = '1'; setTimeout(() => delete f.dataset.sent, 4000); });
addEventListener('pageshow', () => document.querySelectorAll('form[data-sent]').forEach(f => delete f.dataset.sent));

// Lists of cases: J and K walk from row to row (their links take the focus, Enter opens); a row's own keys press its own links.
function walk(k) {
  const rows = [...document.querySelectorAll('[data-row]')]; if (!rows.length) return false;
  const at = rows.findIndex(r => r.contains(document.activeElement));
  if (k === 'j' || k === 'k') { const to = rows[at < 0 ? 0 : Math.max(0, Math.min(rows.length - 1, at + (k === 'j' ? 1 : -1)))]; to.querySelector('.rowlink')?.focus(); to.scrollIntoView({ block: 'nearest' }); return true; }
  const own = rows[Math.max(0, at)].querySelector(`[data-rowkey="${CSS.escape(k)}"]`); own?.click(); return !!own;
}

// Passkeys (staff): the browser fills the form's answer; without script other ways on the page work.
document.addEventListener('submit', async e => {
  const f = e.target.closest('form[data-passkey]'), a = f?.querySelector('[data-passkey-answer]'); if (!f || a.value) return;
  e.preventDefault(); e.stopImmediatePropagation();
  const { does, options } = JSON.parse(f.querySelector('[data-passkey-options]').textContent), P = window.PublicKeyCredential, sad = f.querySelector('[data-passkey-failed]'); sad.hidden = true;
  try {
    const made = does === 'create' ? await navigator.credentials.create({ publicKey: P.parseCreationOptionsFromJSON(options) }) : await navigator.credentials.get({ publicKey: P.parseRequestOptionsFromJSON(options) });
    a.value = JSON.stringify(made.toJSON()); f.requestSubmit();
  } catch (wrong) { sad.hidden = false; sad.tabIndex = -1; sad.focus(); }
}, true);

// The desk: rows by J K X A, the sheet of keys, a decision's last minute, and a page that asks again when told of a change.
let row = -1;
addEventListener('keydown', e => {
  const rows = [...document.querySelectorAll('[data-rows] > tr')];
  if (!rows.length || e.metaKey || e.ctrlKey || e.altKey || prefix || doc.dataset.keys === 'off' || document.querySelector('dialog[open]') || e.target.closest('input:not([type=checkbox]),textarea,select')) return;
  const at = rows.findIndex(r => r.contains(document.activeElement)); if (at >= 0) row = at;
  if (e.key === 'j' || e.key === 'k') { row = Math.max(0, Math.min(rows.length - 1, row + (e.key === 'j' ? 1 : -1))); rows[row].querySelector('.rowlink').focus(); rows[row].scrollIntoView({ block: 'nearest' }); e.preventDefault(); }
  if (rows[row] && e.key === 'x') rows[row].querySelector('[type=checkbox]')?.click();
  if (rows[row] && e.key === 'a') rows[row].querySelector('[data-row-key=a]')?.click();
});
document.addEventListener('click', e => { if (e.target.closest('[data-open-keys]')) document.getElementById('keysheet')?.showModal(); });
const counting = setInterval(() => document.querySelectorAll('[data-countdown]').forEach(t => { t.end ??= Date.now() + 1000 * t.dataset.countdown; const s = Math.max(0, Math.ceil((t.end - Date.now()) / 1000)); t.textContent = `${Math.floor(s / 60)}:${nf2(s % 60)}`; if (!s && !t.gone && 'reload' in t.dataset) { t.gone = 1; setTimeout(() => location.replace(location.pathname), 2500); } }), 500);
if (!document.querySelector('[data-countdown]')) clearInterval(counting);
const live = document.querySelector('[data-live]');
const ask = () => { if (!document.hidden && !live.querySelector(':checked')) window.htmx?.trigger(live, 'desk:changed'); }; // a selection is never lost to a refresh
// One stream for a tab that is looked at: a hidden one lets go of it and, shown again, goes on from what it knows.
// Refused (a proxy speaks for a server that is away), the browser gives it up: we ask again.
const listen = (at, told) => {
  let es = null, again; const letGo = () => { clearTimeout(again); es?.close(); es = null; };
  const turn = () => { if (document.hidden) return letGo(); if (es) return; es = new EventSource(at()); es.addEventListener('changed', told); es.onerror = () => { if (es?.readyState === 2) { letGo(); again = setTimeout(turn, 15000); } }; };
  document.addEventListener('visibilitychange', turn); addEventListener('pagehide', letGo); addEventListener('pageshow', turn); turn();
  return () => { document.removeEventListener('visibilitychange', turn); removeEventListener('pageshow', turn); letGo(); };
};
if (live) { setInterval(ask, 30000); listen(() => live.dataset.live, ask); }
// What was typed and could not be kept says so until it is; an answer that is no page of ours (noSwap) is never laid into one.
const unsaved = e => { const { request: r, response: a } = e.detail.ctx || {}, s = document.querySelector('#saved,#savedat'); if (s?.dataset.unsaved && r?.method === 'POST' && ![409, 422].includes(a?.status)) { s.setAttribute('role', 'alert'); s.textContent = s.dataset.unsaved; } };
['htmx:response:error', 'htmx:error'].forEach(n => document.addEventListener(n, unsaved));

// Printing (BUYER): a button that only scripts can answer.
document.querySelectorAll('[data-print]').forEach(b => { b.hidden = false; b.onclick = () => print(); });
// A case (BUYER): what is new is said once; a form that grew old says so and keeps what was typed.
document.addEventListener('htmx:after:swap', e => { if (e.detail.ctx?.response?.status >= 400) return; const l = document.querySelector('[data-latest]'), s = document.querySelector('[data-said]'); if (l && s && s.dataset.said !== l.dataset.latest) { s.dataset.said = l.dataset.latest; s.textContent = l.dataset.says; } });
document.querySelectorAll('[data-stale]').forEach(n => { const enough = listen(() => n.dataset.stale, () => { n.hidden = false; enough(); }); });
