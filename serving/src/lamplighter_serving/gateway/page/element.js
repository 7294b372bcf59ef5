// Makes DOM elements. Data only ever becomes text or attribute values here, never markup.

/** An element with these attributes (null and false are left out, true is empty) and children (nodes or texts). */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== false) made.setAttribute(name, value === true ? '' : value);
  }
  made.append(...children);
  return made;
}

/** The element of the index with this id. */
export function byId(id) {
  return document.getElementById(id);
}

/** Sets a text only when it differs, so that a screen reader and the layout are left in peace. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
