import { Type } from 'typebox';

/** RFC 9457 problem document, as the API answers it. */
export const Problem = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    action: Type.String(),
    code: Type.String(),
  },
  { title: 'Problem', additionalProperties: true },
);

/** What every push route may answer when it takes nothing. */
export const pushResponses = {
  400: Problem,
  401: Problem,
  403: Problem,
  408: Problem,
  409: Problem,
  413: Problem,
  415: Problem,
  429: Problem,
  503: Problem,
};
