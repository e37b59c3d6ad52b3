import { Template } from 'aws-cdk-lib/assertions';

/** A resource of a template, with its intrinsic functions spelled out. */
export interface Resource {
  readonly Type: string;
  readonly Properties: Record<string, unknown>;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
  readonly DependsOn?: readonly string[];
}

/** Every resource of a type, by its logical id without the hash at its end. */
export function resourcesOf(template: Template, type: string): Record<string, Resource> {
  const found = Object.entries(template.findResources(type));
  const resources = Object.fromEntries(found.map(([id, resource]) => [withoutHash(id), plain(resource)]));
  if (Object.keys(resources).length < found.length) throw new Error(`two ${type} of one name`);
  return resources as Record<string, Resource>;
}

/** The only resource of a type. */
export function only(template: Template, type: string): Resource {
  const resources = Object.values(resourcesOf(template, type));
  const [resource] = resources;
  if (resource === undefined || resources.length > 1) {
    throw new Error(`${resources.length} resources of the type ${type}`);
  }
  return resource;
}

/** The resource of a type with a logical id, given without the hash at its end. */
export function named(template: Template, type: string, id: string): Resource {
  const resource = resourcesOf(template, type)[id];
  if (resource === undefined) throw new Error(`no ${id} of the type ${type}`);
  return resource;
}

/** A value of a template with references as text: `${Key.Arn}`, `${Bucket.Arn}/*`. */
export function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [name, argument] = entries.length === 1 ? (entries[0] ?? []) : [];
  if (name === 'Ref') return `\${${withoutHash(argument as string)}}`;
  if (name === 'Fn::GetAtt') {
    const [id, attribute] = argument as [string, string];
    return `\${${withoutHash(id)}.${attribute}}`;
  }
  if (name === 'Fn::Join') {
    const [separator, parts] = argument as [string, unknown[]];
    return parts.map(plain).join(separator);
  }
  if (name === 'Fn::ImportValue') return `\${${argument as string}}`;
  return Object.fromEntries(entries.map(([key, inner]) => [key, plain(inner)]));
}

/** Logical ids end in a hash of the construct's path. */
function withoutHash(id: string): string {
  return id.replace(/[0-9A-F]{8}$/, '');
}
