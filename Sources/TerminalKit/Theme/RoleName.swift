/// The roles as theme files name them, and the role that an absent one looks like.
enum RoleName: String, CaseIterable, Sendable {
    case text, muted, title, key, accent
    case border, borderFocused
    case selection, selectionUnfocused
    case header, sortMarker
    case ok, warning, error, info
    case banner, bannerReadOnly
    case pageFree, pageAdapter, pagePinned, pageLoading, pageProtected, pageKV, pagePrefix

    /// The derived default: a theme that does not name a role shows it as this one; nil for `text` alone.
    var fallback: RoleName? {
        switch self {
        case .text: nil
        case .muted, .title, .accent, .selection, .ok, .warning, .error, .info, .pageAdapter: .text
        case .key, .sortMarker, .borderFocused: .accent
        case .border, .pageFree: .muted
        case .selectionUnfocused: .selection
        case .header: .title
        case .banner: .warning
        case .pagePinned: .pageAdapter
        case .pageLoading: .warning
        case .pageProtected: .pageAdapter
        case .pageKV: .info
        case .pagePrefix: .pageKV
        case .bannerReadOnly: .banner
        }
    }
}
