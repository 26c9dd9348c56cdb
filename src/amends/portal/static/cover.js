// A rectangle drawn by hand fills an empty row; what is typed is drawn.
const form = document.querySelector('form[data-cover]'), pic = document.querySelector('svg[data-pic]'), own = pic?.querySelector('[data-own]');
if (form && pic && own) {
  const SIDES = ['left', 'top', 'width', 'height'], page = form.elements.page.value, NS = own.namespaceURI;
  const rows = () => [...form.querySelectorAll('[data-cover-row]')];
  const of = (row, side) => row.querySelector(`[data-side-of=${side}]`);
  const pageOf = row => row.querySelector('[data-page]').value;
  const read = row => SIDES.map(s => parseFloat(of(row, s).value.replace(',', '.')));
  const rect = ([x, y, w, h]) => { const r = document.createElementNS(NS, 'rect'); Object.entries({ x: x * 100, y: y * 100, width: w * 100, height: h * 100 }).forEach(([k, v]) => r.setAttribute(k, v)); return r; };
  const draw = extra => { const all = rows().filter(r => pageOf(r) === page).map(read); if (extra) all.push(extra); own.replaceChildren(...all.filter(a => a.every(n => n >= 0) && a[2] && a[3]).map(rect)); };
  const free = () => {
    const empty = rows().find(r => SIDES.every(s => !of(r, s).value)); if (empty) return empty;
    const last = rows().at(-1), n = rows().length + 1; if (n > 50) return null;
    const made = last.cloneNode(true), renumber = t => t.replace(/-\d+$/, `-${n}`);
    made.querySelectorAll('[id],[name],[for]').forEach(e => { if (e.id) e.id = renumber(e.id); if (e.name) e.name = renumber(e.name); if (e.htmlFor) e.htmlFor = renumber(e.htmlFor); if (e.matches('[data-side-of]')) e.value = ''; });
    made.querySelector('[data-n]').textContent = n; made.querySelector('[name=drop]')?.remove(); last.after(made); return made;
  };
  let from = null;
  const at = e => { const b = pic.getBoundingClientRect(), clip = v => Math.min(100, Math.max(0, v)); return [clip(100 * (e.clientX - b.left) / b.width), clip(100 * (e.clientY - b.top) / b.height)]; };
  const box = e => { const [x, y] = at(e), l = Math.min(x, from[0]), t = Math.min(y, from[1]); return [l, t, Math.max(x, from[0]) - l, Math.max(y, from[1]) - t].map(n => Math.floor(n * 100) / 100); };
  pic.style.touchAction = 'none';
  pic.addEventListener('pointerdown', e => { e.preventDefault(); from = at(e); pic.setPointerCapture(e.pointerId); });
  pic.addEventListener('pointermove', e => { if (from) draw(box(e)); });
  pic.addEventListener('pointerup', e => {
    if (!from) return; const made = box(e), row = made[2] > .3 && made[3] > .3 && free(); from = null;
    if (row) { SIDES.forEach((s, i) => { of(row, s).value = made[i]; }); row.querySelector('[data-page]').value = page; }
    draw();
  });
  pic.addEventListener('lostpointercapture', () => { from = null; draw(); });
  form.addEventListener('input', () => draw());
  draw();
}
