import { parseAst } from 'vite';

/** A text that stands in the source instead of in the catalogue. */
export interface Literal {
  readonly line: number;
  readonly text: string;
}

/**
 * The texts for people that the source of a component or of a helper of one holds: between tags, in attributes that are
 * read or read out, and in properties of the same names. Single words of code (`'row'`) elsewhere are not texts.
 */
export function literalTexts(source: string, isJsx = true): Literal[] {
  const found: Literal[] = [];
  visit(parseAst(source, { lang: isJsx ? 'tsx' : 'ts' }));
  return found;

  function visit(node: unknown): void {
    if (Array.isArray(node)) return node.forEach(visit);
    if (!isNode(node)) return;
    if (node.type === 'JSXText') tell(node, String(node['value']));
    if (node.type === 'JSXElement' || node.type === 'JSXFragment') {
      for (const child of asNodes(node['children'])) {
        if (child.type === 'JSXExpressionContainer') strings(child['expression']);
      }
    }
    if (node.type === 'JSXAttribute' && isShown(nameOf(node['name']))) strings(node['value']);
    if (node.type === 'Property' && isShown(nameOf(node['key']))) strings(node['value']);
    for (const [key, value] of Object.entries(node)) if (key !== 'parent') visit(value);
  }

  /** What the expression may show; what stands in a call or in a part of it that is drawn by itself is not its text. */
  function strings(node: unknown): void {
    if (!isNode(node)) return;
    if (node.type === 'Literal' && typeof node['value'] === 'string') tell(node, node['value']);
    if (node.type === 'JSXExpressionContainer') strings(node['expression']);
    if (node.type === 'TemplateLiteral') {
      for (const part of asNodes(node['quasis'])) {
        tell(part, String((part['value'] as { cooked: string }).cooked));
      }
    }
    if (node.type === 'ConditionalExpression') [node['consequent'], node['alternate']].forEach(strings);
    if (node.type === 'LogicalExpression' || node.type === 'BinaryExpression') {
      if (!/^[=!<>]/.test(String(node['operator']))) [node['left'], node['right']].forEach(strings);
    }
  }

  function tell({ start }: Node, text: string): void {
    const words = text.match(/\p{L}{2,}/gu) ?? [];
    if (words.every((word) => units.has(word))) return;
    if (found.some((known) => known.text === text.trim())) return;
    found.push({ line: source.slice(0, start).split('\n').length, text: text.trim() });
  }
}

/** They are the same in every language. */
const units: ReadonlySet<string> = new Set(['ETH', 'kB', 'MB', 'GB', 'TB', 'min']);

const shown = [
  'title',
  'placeholder',
  'alt',
  'label',
  'head',
  'what',
  'first',
  'why',
  'note',
  'help',
  'text',
];
const isShown = (name: string): boolean =>
  shown.includes(name) || ['aria-label', 'aria-description', 'assumption', 'sentence', 'unit'].includes(name);

interface Node {
  readonly type: string;
  readonly start: number;
  readonly [key: string]: unknown;
}

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && typeof (value as Node).type === 'string';
const asNodes = (value: unknown): Node[] => (Array.isArray(value) ? value.filter(isNode) : []);
/** Of an attribute or a property, whether it stands in quotes or not. */
function nameOf(node: unknown): string {
  const name = isNode(node) ? (node['name'] ?? node['value']) : undefined;
  return typeof name === 'string' ? name : '';
}
