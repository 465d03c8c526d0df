// Owns what the fake engine says when nobody tells it.

export const sampleWords =
  'The latent state moves a little with every step , and then it settles . A small step is often enough ; a hard question needs more of them . You can watch the curve fall while the words appear . '.split(' ');

export const sampleMarkdown = `## A small example

Steps settle at different speeds:

- easy words need **few** steps
- hard words need *many*

| steps | change |
| ----: | -----: |
| 4 | 0.21 |
| 16 | 0.003 |

\`\`\`python
def settle(state, steps):
    for _ in range(steps):
        state = core(state)
    return state
\`\`\`

The change is $\\delta_t = \\lVert x_t - x_{t-1} \\rVert / \\lVert x_t \\rVert$, and

$$\\lim_{t \\to \\infty} \\delta_t = 0$$
`;
