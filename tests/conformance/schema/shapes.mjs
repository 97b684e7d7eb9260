// The document's schemas as JSON Schema for ajv: types flattened to all their members, derived types found by `@odata.type`.
// Undeclared members are refused unless the type is open; annotations (a name with an @) may stand anywhere.
import Ajv from 'ajv';
import addFormats from 'ajv-formats';

const nameOf = (ref) => ref.slice('#/components/schemas/'.length);
const PREFIX = 'graph#/definitions/';

export class Shapes {
  #schemas;
  #ajv;
  #compiled = new Map();
  #allOpen;

  /** `open` takes members that the document does not name, as another version of the service has them. */
  constructor(document, { open = false } = {}) {
    this.#allOpen = open;
    this.#schemas = document.components.schemas;
    this.#ajv = new Ajv({ strict: false, inlineRefs: false });
    addFormats(this.#ajv);
    this.#ajv.addFormat('int16', { type: 'number', validate: (number) => Number.isInteger(number) && Math.abs(number) <= 32_768 });
    this.#ajv.addFormat('base64url', /^[A-Za-z0-9+/_-]*={0,2}$/);
    this.#ajv.addFormat('binary', true);
    // Edm.TimeOfDay has no zone, which JSON Schema's own format demands.
    this.#ajv.addFormat('time', /^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,12})?)?$/);
    const definitions = {};
    for (const name of Object.keys(this.#schemas)) {
      definitions[`${name}~flat`.replaceAll('~', '-')] = this.#flat(name);
      definitions[name] = this.#any(name);
    }
    this.#ajv.addSchema({ $id: 'graph', definitions });
  }

  /** What is wrong with a value that should be of this OpenAPI schema: a sentence, or null. */
  wrong(schema, value) {
    const key = JSON.stringify(schema);
    let check = this.#compiled.get(key);
    if (!check) {
      check = this.#ajv.compile(this.#converted(schema));
      this.#compiled.set(key, check);
    }
    if (check(value)) return null;
    const [error] = check.errors;
    const extra = error.params?.additionalProperty ? ` '${error.params.additionalProperty}'` : '';
    return `${error.instancePath || 'the body'} ${error.message}${extra}${valueAt(value, error.instancePath)}`;
  }

  /** All members of a type, its base types' included. */
  #members(name) {
    return this.#gathered(this.#schemas[name]);
  }

  #gathered(schema) {
    if (schema.$ref) return this.#members(nameOf(schema.$ref));
    const parts = (schema.allOf ?? []).map((part) => this.#gathered(part));
    return {
      isObject: schema.type === 'object' || Boolean(schema.properties) || parts.some((part) => part.isObject),
      open: schema.additionalProperties === true || parts.some((part) => part.open),
      required: [...parts.flatMap((part) => part.required), ...(schema.required ?? [])],
      properties: Object.assign({}, ...parts.map((part) => part.properties), schema.properties),
    };
  }

  #flat(name) {
    const members = this.#members(name);
    return members.isObject ? this.#object(members, name) : this.#converted(this.#schemas[name]);
  }

  #object({ open, required, properties }, name = '') {
    const converted = Object.fromEntries(Object.entries(properties).map(([key, schema]) => [key, this.#converted(schema)]));
    // The service writes the date of an error without a zone, whatever the document's format says.
    if (name.endsWith('.InnerError')) converted.date = { type: 'string', pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d' };
    return { type: 'object', properties: converted, required, patternProperties: { '@': true }, additionalProperties: open || this.#allOpen };
  }

  /** A type or whichever of its derived types the value says it is. */
  #any(name) {
    const flat = (one) => ({ $ref: `${PREFIX}${one}-flat` });
    const derived = Object.keys(this.#schemas).filter((one) => one !== name && this.#derives(one, name));
    if (derived.length === 0) return flat(name);
    const is = (one) => ({ type: 'object', required: ['@odata.type'], properties: { '@odata.type': { type: 'string', pattern: `^#?${one.replaceAll('.', '\\.')}$` } } });
    return derived.reduce((otherwise, one) => ({ if: is(one), then: flat(one), else: otherwise }), flat(name));
  }

  #derives(name, base) {
    const bases = (this.#schemas[name].allOf ?? []).filter(({ $ref }) => $ref).map(({ $ref }) => nameOf($ref));
    return bases.includes(base) || bases.some((one) => this.#derives(one, base));
  }

  #converted(schema) {
    if (Array.isArray(schema)) return schema.map((one) => this.#converted(one));
    if (schema === null || typeof schema !== 'object') return schema;
    if (schema.$ref) return { $ref: PREFIX + nameOf(schema.$ref) };
    // Parts that add more than annotations become one type; otherwise each part is looked at by itself, derived types included.
    const adds = (part) => !part.$ref && Object.keys(part.properties ?? {}).some((name) => !name.includes('@'));
    if (schema.allOf?.some(adds)) return this.#object(this.#gathered(schema));
    const out = {};
    for (const [key, value] of Object.entries(schema)) {
      if (key.startsWith('x-') || key === 'discriminator' || key === 'description' || key === 'title' || key === 'summary') continue;
      if (key === 'properties') out.properties = Object.fromEntries(Object.entries(value).map(([name, one]) => [name, this.#converted(one)]));
      else out[key] = this.#converted(value);
    }
    return schema['x-ms-enum-flags']?.isFlags ? { type: 'string' } : out;
  }
}

function valueAt(value, path) {
  let found = value;
  for (const part of path.split('/').slice(1)) found = found?.[part.replaceAll('~1', '/').replaceAll('~0', '~')];
  const text = JSON.stringify(found) ?? '';
  return ` (it is ${text.length > 160 ? `${text.slice(0, 160)}…` : text})`;
}
