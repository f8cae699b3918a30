import Testing

/// Everything that drives the real program, one after the other: each runs an engine that wants all cores.
@Suite(.serialized) struct RealProgram {}
