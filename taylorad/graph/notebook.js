(function (id, data) {
  const root = document.getElementById(id);
  const all = (selector, within) => Array.from((within || root).querySelectorAll(selector));
  const pictures = all(".picture");
  const said = root.querySelector(".said");
  const hint = said.textContent;
  const choice = { shown: "value", tangent: 0, adjoint: 0 };
  let pinned = null;

  const users = {};
  for (const [n, node] of Object.entries(data))
    for (const [operand, slope] of node.operands || [])
      (users[operand] = users[operand] || []).push([n, slope]);

  const tangent = (n) => data[n].tangents[choice.tangent];
  const adjoint = (n) => data[n].adjoints[choice.adjoint];

  function sum(terms, of) {
    const known = terms.filter(([n]) => data[n] && data[n].tangents && of(n) !== "");
    const text = known.map(([n, slope]) => `${slope} * ${of(n)} [${data[n].label}]`);
    return text.join(" + ") + (known.length < terms.length ? " + ..." : "");
  }

  function tell(n) {
    const node = data[n];
    if (!node.tangents) return node.label + "\n" + node.expression;
    const lines = [`${node.label} = ${node.expression} = ${node.value}`];
    if (node.expression === "input") lines[0] = `${node.label} = ${node.value}, an input`;
    if (node.line) lines[0] += `    line ${node.line}`;
    if (node.before) lines[0] += `    computed before as ${node.before}`;
    let line = `tangent ${tangent(n)}`;
    if (node.operands.length) line += ` = ${sum(node.operands, tangent)}`;
    lines.push(line);
    line = `adjoint ${adjoint(n)}`;
    if (users[n]) line += ` = ${sum(users[n], adjoint)}`;
    lines.push(line);
    return lines.join("\n");
  }

  // what leads to a node, or follows from it, along the edges of a picture
  function reached(edges, start, from, to) {
    const found = new Set([start]);
    const stack = [start];
    while (stack.length) {
      const n = stack.pop();
      for (const edge of edges)
        if (edge.dataset[from] === n && !found.has(edge.dataset[to])) {
          found.add(edge.dataset[to]);
          stack.push(edge.dataset[to]);
        }
    }
    return found;
  }

  function mark(n) {
    for (const picture of pictures) {
      const known = n !== null && picture.querySelector(`g[data-n="${n}"]`);
      const edges = all("path[data-a]", picture);
      const up = known ? reached(edges, n, "b", "a") : new Set();
      const down = known ? reached(edges, n, "a", "b") : new Set();
      const put = (item, isUp, isDown) => {
        item.classList.toggle("up", isUp);
        item.classList.toggle("down", isDown);
        item.classList.toggle("far", Boolean(known) && !isUp && !isDown);
      };
      for (const item of all("[data-a]", picture)) {
        const { a, b } = item.dataset;
        put(item, up.has(a) && up.has(b), down.has(a) && down.has(b));
      }
      for (const item of all("g[data-n]", picture)) {
        const m = item.dataset.n;
        put(item, up.has(m) && m !== n, down.has(m) && m !== n);
        item.classList.toggle("here", m === n);
        if (m === n) item.classList.remove("far");
      }
    }
    for (const row of all("tr[data-n]")) row.classList.toggle("here", row.dataset.n === n);
    said.textContent = n === null || !data[n] ? hint : tell(n);
  }

  function refresh() {
    for (const item of all("g[data-n]")) {
      const n = item.dataset.n;
      if (!data[n].tangents) continue;
      const text = { value: data[n].value, tangent: tangent(n), adjoint: adjoint(n) };
      item.querySelector(".value").textContent = text[choice.shown];
      item.querySelector("title").textContent = tell(n);
    }
    for (const row of all("tr[data-n]")) {
      row.cells[4].textContent = tangent(row.dataset.n);
      row.cells[5].textContent = adjoint(row.dataset.n);
    }
    mark(pinned);
  }

  function open(fold, isOpen) {
    const row = root.querySelector(`tr[data-fold="${fold}"]`);
    if (!row) return;
    row.classList.toggle("open", isOpen);
    for (const inner of all(`tr[data-in="${fold}"]`)) inner.hidden = !isOpen;
  }

  for (const item of all("g[data-n], tr[data-n]")) {
    item.addEventListener("mouseenter", () => mark(item.dataset.n));
    item.addEventListener("mouseleave", () => mark(pinned));
    item.addEventListener("click", (event) => {
      event.stopPropagation();
      pinned = pinned === item.dataset.n ? null : item.dataset.n;
      mark(pinned);
      if (item.classList.contains("fold")) {
        root.querySelector("details.all-steps").open = true;
        open(item.dataset.n, true);
      }
    });
  }
  for (const picture of pictures)
    picture.addEventListener("click", () => {
      pinned = null;
      mark(null);
    });
  for (const row of all("tr[data-fold]"))
    row.addEventListener("click", () => open(row.dataset.fold, !row.classList.contains("open")));
  for (const input of all("input[type=radio]"))
    input.addEventListener("change", () => {
      choice.shown = input.value;
      refresh();
    });
  for (const name of ["tangent", "adjoint"]) {
    const select = root.querySelector(`select.${name}`);
    if (select)
      select.addEventListener("change", () => {
        choice[name] = Number(select.value);
        refresh();
      });
  }
  const unfold = root.querySelector("input.unfold");
  if (unfold)
    unfold.addEventListener("change", () => {
      pictures[0].hidden = unfold.checked;
      pictures[1].hidden = !unfold.checked;
    });
  refresh();
})
