/// A type that says what its fields may hold when it comes over a wire, where that is not what every field may hold, and
/// what must hold between them.
public protocol CheckedOnWire {
    /// By the field's path in the type: `pageBytes`, or `loading.fraction` for a value of an enumeration's case (`_0` for
    /// one without a label). Bounds hold for everything below the path, up to a type that is itself checked.
    static var wireBounds: [String: WireBounds] { get }

    /// What is wrong between its fields, the field named from here; nil when nothing is.
    var wireFault: WireFault? { get }
}

extension CheckedOnWire {
    public static var wireBounds: [String: WireBounds] { [:] }
    public var wireFault: WireFault? { nil }
}

extension WireFault {
    /// Two elements that are known by one name.
    static func twice<Element, Name: Hashable>(
        _ field: String, _ elements: [Element], by name: (Element) -> Name
    ) -> WireFault? {
        var seen: Set<Name> = []
        guard let place = elements.firstIndex(where: { !seen.insert(name($0)).inserted }) else { return nil }
        return WireFault(
            field: "\(field)[\(place)]", value: "“\("\(name(elements[place]))".prefix(40))”",
            reason: "there twice")
    }

    /// A figure that is larger than another one can be.
    static func excess(_ field: String, _ value: Int, over most: Int, _ what: String) -> WireFault? {
        value > most ? WireFault(field: field, value: "\(value)", reason: "more than \(what) \(most)") : nil
    }
}
