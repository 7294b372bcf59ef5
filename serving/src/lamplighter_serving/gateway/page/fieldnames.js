// What a field is called: the title in the schema where there is one, else the key in plain words.

/** The parts of a JSON pointer: `/items/0/unit_price` is `['items', '0', 'unit_price']`. */
export function pointerParts(pointer) {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** `Total amount`, `Items 2 · Unit price`. `schema` may be null: one's own schema is not known to the page. */
export function fieldName(pointer, schema) {
  const names = [];
  let here = schema;
  for (const part of pointerParts(pointer)) {
    const isPlace = /^\d+$/.test(part) && (here === null || here?.properties?.[part] === undefined);
    here = (isPlace ? here?.items : here?.properties?.[part]) ?? null;
    if (isPlace && names.length) names.push(`${names.pop()} ${Number(part) + 1}`);
    else names.push(here?.title ?? plain(part));
  }
  return names.join(' · ') || 'Value';
}

function plain(key) {
  const words = key.replace(/[_-]+/g, ' ').replace(/([a-z])([A-Z])/g, (_, before, after) => `${before} ${after.toLowerCase()}`);
  return words.charAt(0).toUpperCase() + words.slice(1);
}
