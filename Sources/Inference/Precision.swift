/// How exactly the forward pass computes.
public enum Precision: String, Hashable, Sendable, CaseIterable {
    /// Activations in 8 bits where the base's weights are quantised, KV cache and adapters in f16; sums in f32.
    case fast
    /// Everything but the base's stored weights in f32.
    case f32

    /// How keys, values and adapter weights stand in pages.
    public var pageElement: PageElement { self == .fast ? .f16 : .f32 }
}
