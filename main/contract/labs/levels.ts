/** How much a lab asks of its learner, easiest first. */
export const labLevels = ['first steps', 'beginner', 'intermediate', 'advanced'] as const;
