using Vector20.Proving.Answers;

namespace Vector20.Proving.Asking;

/// <summary>What came of a question: an answer, or the reason why it makes no sense.</summary>
/// <param name="Answer">The answer.</param>
/// <param name="Refusal">Why there is none: one line.</param>
public readonly record struct Asked(Answer? Answer, string? Refusal);
