"""What stands before a site answers to whom it takes for a robot, and pages that only look like it.
faultd.py sends them: name of the path -> (status, page, header fields but Content-Type...)."""

HCAPTCHA = b"<script src=https://js.hcaptcha.com/1/api.js async defer></script>"

GUARD_PAGES = {
    "challenge": (
        503,
        b"<!DOCTYPE html><html><head><title>Just a moment...</title></head></html>",
        ("Server", "cloudflare"),
        ("CF-RAY", "7d1f-FRA"),
        ("cf-mitigated", "challenge"),
    ),
    # Cloudflare again, told by the page alone.
    "challenge-403": (
        403,
        b"<html><head><title>Attention Required! | Cloudflare</title></head>"
        b"<script>window._cf_chl_opt={};</script></html>",
    ),
    # A challenge that calls itself all right.
    "challenge-200": (
        200,
        b"<html><head><title>Just a moment...</title>"
        b'<script src="/cdn-cgi/challenge-platform/h/b/orchestrate/jsch/v1"></script></head>',
    ),
    "akamai": (
        503,
        b"<HTML><HEAD><TITLE>Access Denied</TITLE></HEAD><BODY>Reference #18.2d "
        b"https://errors.edgesuite.net/18.2d</BODY></HTML>",
        ("Server", "AkamaiGHost"),
    ),
    # Without its name: the page alone tells.
    "akamai-200": (
        200,
        b"<HTML><HEAD>\n<TITLE>Access Denied</TITLE>\n</HEAD><BODY>\n<H1>Access Denied</H1>\n"
        b"Reference&#32;&#35;18&#46;2d3f&#46;17\n</BODY></HTML>",
    ),
    # Akamai's words for a site that is down behind it: no guard.
    "akamai-down": (
        503,
        b"<HTML><HEAD><TITLE>Error</TITLE></HEAD><BODY>\nAn error occurred while processing your "
        b"request.<p>\nReference&#32;&#35;179&#46;8c346d68\n<P>https&#58;&#47;&#47;"
        b"errors&#46;edgesuite&#46;net&#47;179&#46;8c346d68</P>\n</BODY></HTML>\n",
        ("Server", "AkamaiGHost"),
    ),
    # And of a request that it does not understand.
    "akamai-invalid": (
        400,
        b"<HTML><HEAD>\n<TITLE>Invalid URL</TITLE>\n</HEAD><BODY>\n<H1>Invalid URL</H1>\nThe requested "
        b'URL "&#91;no&#32;URL&#93;", is invalid.<p>\nReference&#32;&#35;9&#46;44952317\n</BODY></HTML>',
        ("Server", "AkamaiGHost"),
    ),
    # Imunify360, before sites of many hosting companies.
    "one-moment": (
        200,
        b'<!DOCTYPE html><html lang="en"><head><meta charset="utf8"><script>(function(){setTimeout('
        b"function(){window.location.reload();},5000);}())</script><title>One moment, please..."
        b"</title></head><body><h1>Please wait while your request is being verified...</h1>",
    ),
    # Alibaba Cloud's WAF.
    "alibaba": (
        405,
        b"<!doctypehtml><title>405</title><div style=\"background:url('https://errors.aliyun.com/"
        b"images/TB1TpamHpXXXXaJXXXXeB7nYVXX-104-162.png')\"></div>",
    ),
    # A page of a site that has AWS WAF's script in all of its pages.
    "aws-waf-404": (
        404,
        b'<title>Not found</title><script src="https://a.b.sdk.awswaf.com/challenge.js" defer>'
        b"</script><script>window.awsWafCookieDomainList = ['.x.example'];</script>",
    ),
    # hCaptcha alone, with status 200.
    "captcha": (
        200,
        b"<!DOCTYPE html><title>Security check</title>" + HCAPTCHA + b"<form method=post>"
        b'<div class="h-captcha" data-sitekey="1"></div></form></html>',
    ),
    # A soft 404 with a captcha in its contact form: no guard.
    "contact-form": (
        200,
        b"<!DOCTYPE html><title>Not found</title><nav><a href=/>Home</a></nav><h1>Not found</h1>"
        + HCAPTCHA
        + b'<form method=post><input type="email" name="from"><textarea name="text"></textarea>'
        b'<div class="h-captcha" data-sitekey="1"></div></form></html>',
    ),
}
